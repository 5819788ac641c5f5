// The entry of the preview: the real app over a fake line. `?state=full|empty|…&theme=dark&lang=zh-CN#/fleet`.
import { createRoot } from 'react-dom/client';
import { App } from '../app/app.tsx';
import { createHost } from '../lib/host.ts';
import { createI18n } from '../lib/i18n.ts';
import type { Preferences } from '../lib/preferences.ts';
import { createStore } from '../lib/store.ts';
import { createFakeConnection } from './fake-connection.ts';
import { readScenario } from './scenarios.ts';

const asked = new URLSearchParams(location.search);
const preferences = createStore<Preferences>({
  theme: asked.get('theme') === 'dark' ? 'dark' : 'light',
  language: asked.get('lang') === 'zh-CN' ? 'zh-CN' : 'en',
});
const connection = createFakeConnection(readScenario(location.search));
const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root.');
createRoot(root).render(
  <App
    connection={connection}
    host={createHost(connection.client)}
    preferences={preferences}
    translations={createI18n(preferences.get().language)}
  />,
);
