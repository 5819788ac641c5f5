// The entry of the page: takes the line that the host offers and shows the app.
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { createHost } from './lib/host.ts';
import { createI18n } from './lib/i18n.ts';
import { createPreferences } from './lib/preferences.ts';
import { createRpcConnection } from './lib/rpc.ts';
import { portTransport, socketTransport, type Transport } from './lib/rpc-transports.ts';
import { exchangeToken } from './lib/session.ts';

/** Over the preload's port in a window of ours, else over the web host's socket. */
function chooseTransport(): Transport {
  if (window.linesideHost) return portTransport();
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const open = socketTransport(`${scheme}//${location.host}/rpc`);
  let session: Promise<void> | undefined;
  return async (signal) => {
    session ??= exchangeToken();
    await session;
    return open(signal);
  };
}

const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root.');
const preferences = createPreferences();
const connection = createRpcConnection(chooseTransport());
createRoot(root).render(
  <App
    connection={connection}
    host={createHost(connection.client)}
    preferences={preferences}
    translations={createI18n(preferences.get().language)}
  />,
);
