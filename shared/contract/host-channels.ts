// Names of the desktop's IPC channels between preload and main.

export const HOST_CHANNELS = {
  requestPort: 'lineside:request-port',
  port: 'lineside:port',
  portClosed: 'lineside:port-closed',
  pickFile: 'lineside:pick-file',
  pickSavePath: 'lineside:pick-save-path',
  reveal: 'lineside:reveal',
} as const;
