// Which page stands at which address.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { BenchmarkPage } from '../features/benchmark/benchmark-page.tsx';
import { BundlesPage } from '../features/bundles/bundles-page.tsx';
import { ComparePage } from '../features/compare/compare-page.tsx';
import { DevicePage } from '../features/device/device-page.tsx';
import { FleetPage } from '../features/fleet/fleet-page.tsx';
import { ModelGraphPage } from '../features/models/model-graph-page.tsx';
import { ModelsPage } from '../features/models/models-page.tsx';
import { ProfilePage } from '../features/profile/profile-page.tsx';
import { NewRolloutPage } from '../features/rollouts/new-rollout-page.tsx';
import { RolloutPage } from '../features/rollouts/rollout-page.tsx';
import { RolloutsPage } from '../features/rollouts/rollouts-page.tsx';
import { StartPage } from '../features/start/start-page.tsx';
import { isJourneyDone } from '../lib/journey.ts';
import { PATHS } from '../lib/paths.ts';
import { useApi } from '../lib/rpc-context.tsx';
import { Button } from '../ui/button.tsx';
import { Empty, Loading } from '../ui/states.tsx';

export function Routes() {
  return (
    <Switch>
      <Route path="/" component={Home} />
      <Route path="/start" component={StartPage} />
      <Route path="/fleet/:action?">{(params) => <FleetPage isAdding={params.action === 'add'} />}</Route>
      <Route path="/devices/:name">
        {(params) => <DevicePage key={params.name} name={decodeURIComponent(params.name)} />}
      </Route>
      <Route path="/models/:ref/graph">
        {(params) => <ModelGraphPage key={params.ref} modelRef={decodeURIComponent(params.ref)} />}
      </Route>
      <Route path="/models/:ref?">{(params) => <ModelsPage modelRef={decoded(params.ref)} />}</Route>
      <Route path="/benchmarks/new/:ref?">
        {(params) => (
          <BenchmarkPage key={params.ref} isNew modelRef={decoded(params.ref)} runId={null} resultId={null} />
        )}
      </Route>
      <Route path="/benchmarks/:run?/:result?">
        {(params) => (
          <BenchmarkPage isNew={false} modelRef={null} runId={decoded(params.run)} resultId={decoded(params.result)} />
        )}
      </Route>
      <Route path="/compare/new/:ref?">
        {(params) => <ComparePage key={params.ref} isNew modelRef={decoded(params.ref)} id={null} />}
      </Route>
      <Route path="/compare/:id?">
        {(params) => <ComparePage isNew={false} modelRef={null} id={decoded(params.id)} />}
      </Route>
      <Route path="/profile/new/:ref?">
        {(params) => (
          <ProfilePage key={params.ref} isNew modelRef={decoded(params.ref)} id={null} otherId={null} view={null} />
        )}
      </Route>
      <Route path="/profile/:id/against/:other">
        {(params) => (
          <ProfilePage
            isNew={false}
            modelRef={null}
            id={decodeURIComponent(params.id)}
            otherId={decodeURIComponent(params.other)}
            view={null}
          />
        )}
      </Route>
      <Route path="/profile/:id?/:view?">
        {(params) => (
          <ProfilePage
            isNew={false}
            modelRef={null}
            id={decoded(params.id)}
            otherId={null}
            view={params.view ?? null}
          />
        )}
      </Route>
      <Route path="/bundles/new/:ref?">
        {(params) => <BundlesPage bundleRef={null} isCreating modelRef={decoded(params.ref)} />}
      </Route>
      <Route path="/bundles/:ref?">
        {(params) => <BundlesPage bundleRef={decoded(params.ref)} isCreating={false} modelRef={null} />}
      </Route>
      <Route path="/rollouts/new">
        <NewRolloutPage bundleRef={null} selector={null} />
      </Route>
      <Route path="/rollouts/new/to/:selector">
        {(params) => <NewRolloutPage bundleRef={null} selector={decodeURIComponent(params.selector)} />}
      </Route>
      <Route path="/rollouts/new/of/:ref">
        {(params) => <NewRolloutPage bundleRef={decodeURIComponent(params.ref)} selector={null} />}
      </Route>
      <Route path="/rollouts/:id">
        {(params) => <RolloutPage key={params.id} id={decodeURIComponent(params.id)} />}
      </Route>
      <Route path="/rollouts" component={RolloutsPage} />
      <Route component={Nowhere} />
    </Switch>
  );
}

function decoded(part: string | undefined): string | null {
  return part === undefined ? null : decodeURIComponent(part);
}

/** The main job first; the fleet once something has been rolled out. */
function Home() {
  const api = useApi();
  const journey = useQuery(api.system.journey.queryOptions());
  if (journey.data === undefined && !journey.error) return <Loading />;
  return <Redirect to={journey.data && !isJourneyDone(journey.data) ? PATHS.start : PATHS.fleet} replace />;
}

function Nowhere() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  return (
    <Empty
      icon="search"
      title={t('nowhere.title')}
      text={t('nowhere.text')}
      action={<Button onClick={() => navigate(PATHS.fleet)}>{t('nowhere.action')}</Button>}
    />
  );
}
