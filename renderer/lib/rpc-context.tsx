// Gives the page its client, its query helpers, the fleet store and the host door.
import { createTanstackQueryUtils } from '@orpc/tanstack-query';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo } from 'react';
import { asAppError } from './errors.ts';
import { createFleetStore, type Fleet } from './fleet-store.ts';
import type { Host } from './host.ts';
import type { RpcConnection } from './rpc.ts';
import { type Store, useStore } from './store.ts';

function createServices(connection: RpcConnection, host: Host) {
  return {
    connection,
    client: connection.client,
    host,
    fleet: createFleetStore(connection),
    api: createTanstackQueryUtils(connection.client),
  };
}

export type Services = ReturnType<typeof createServices>;

const ServicesContext = createContext<Services | null>(null);

function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always',
        staleTime: 1000,
        retry: (count, error) => asAppError(error).retryable && count < 2,
      },
      mutations: { networkMode: 'always' },
    },
  });
}

export function RpcProvider(props: { connection: RpcConnection; host: Host; children: ReactNode }) {
  const { connection, host, children } = props;
  const services = useMemo(() => createServices(connection, host), [connection, host]);
  const queries = useMemo(createQueryClient, []);
  useEffect(() => {
    let wasAway = false;
    return connection.state.subscribe(() => {
      const { kind } = connection.state.get();
      if (kind === 'open' && wasAway) void queries.invalidateQueries();
      wasAway = kind === 'away';
    });
  }, [connection, queries]);
  return (
    <ServicesContext value={services}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </ServicesContext>
  );
}

/** @throws when used outside RpcProvider, which is a bug. */
export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error('useServices needs an RpcProvider above it.');
  return services;
}

/** The query helpers: `useApi().models.list.queryOptions()` and so on. */
export function useApi(): Services['api'] {
  return useServices().api;
}

export function useFleet(): Fleet {
  return useStore<Fleet>(useServices().fleet satisfies Store<Fleet>);
}
