// Words of the application menu and of the main process's own messages, in the languages of the page.

const en = {
  file: 'File',
  quit: 'Quit',
  edit: 'Edit',
  undo: 'Undo',
  redo: 'Redo',
  cut: 'Cut',
  copy: 'Copy',
  paste: 'Paste',
  selectAll: 'Select all',
  view: 'View',
  reload: 'Reload',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  resetZoom: 'Actual size',
  fullScreen: 'Full screen',
  devTools: 'Developer tools',
  window: 'Window',
  minimize: 'Minimize',
  close: 'Close',
  backendFailing: 'The background part of Lineside does not start.',
  backendFailingHint: 'Lineside keeps trying. Its log in the data folder says more.',
};

export type MenuLabels = typeof en;

const zhCN: MenuLabels = {
  file: '文件',
  quit: '退出',
  edit: '编辑',
  undo: '撤销',
  redo: '重做',
  cut: '剪切',
  copy: '复制',
  paste: '粘贴',
  selectAll: '全选',
  view: '视图',
  reload: '重新加载',
  zoomIn: '放大',
  zoomOut: '缩小',
  resetZoom: '实际大小',
  fullScreen: '全屏',
  devTools: '开发者工具',
  window: '窗口',
  minimize: '最小化',
  close: '关闭',
  backendFailing: 'Lineside 的后台程序无法启动。',
  backendFailingHint: 'Lineside 会继续尝试。详情见数据目录中的日志。',
};

/** `locale`: as the system names it, `zh-CN`, `en-GB` and so on; English where there is no better. */
export function menuLabels(locale: string): MenuLabels {
  return locale.toLowerCase().startsWith('zh') ? zhCN : en;
}
