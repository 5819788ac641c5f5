// All that the page gets from its host: a port to the backend, re-posted on request, and the host door's three functions.
import { contextBridge, ipcRenderer } from 'electron';
import { HOST_CHANNELS } from '../../shared/contract/host-channels.ts';
import type { HostMessage, LinesideHost } from '../../shared/contract/host-door.ts';

function post(message: HostMessage, ports: MessagePort[] = []): void {
  window.postMessage(message, window.location.origin, ports);
}

window.addEventListener('message', (event: MessageEvent<Partial<HostMessage> | null>) => {
  if (event.source === window && event.data?.lineside === 'request-port') ipcRenderer.send(HOST_CHANNELS.requestPort);
});
ipcRenderer.on(HOST_CHANNELS.port, (event) => post({ lineside: 'port' }, [...event.ports]));
ipcRenderer.on(HOST_CHANNELS.portClosed, () => post({ lineside: 'port-closed' }));

const host: LinesideHost = {
  pickFile: (filters = []) => ipcRenderer.invoke(HOST_CHANNELS.pickFile, filters),
  pickSavePath: (defaultName) => ipcRenderer.invoke(HOST_CHANNELS.pickSavePath, defaultName),
  reveal: (path) => ipcRenderer.invoke(HOST_CHANNELS.reveal, path),
};
contextBridge.exposeInMainWorld('linesideHost', host);
