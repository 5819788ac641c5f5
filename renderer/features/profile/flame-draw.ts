// Draws a flame chart: scopes in grey, leaves by their heat, labels where they fit.
import { type GraphLook, heatStep } from '../../ui/graph-view/graph-look.ts';
import type { FlameBox, Zoom } from './flame-layout.ts';

export const ROW_PX = 24;
const PAD_PX = 6;
const LEAST_LABEL_PX = 26;
const ELLIPSIS = '…';

export interface FlameMarks {
  readonly selected: number | null;
  readonly hovered: FlameBox | null;
  /** The box of the whole call is called so. */
  readonly wholeLabel: string;
}

export function drawFlame(
  canvas: HTMLCanvasElement,
  boxes: readonly FlameBox[],
  zoom: Zoom,
  look: GraphLook,
  marks: FlameMarks,
): void {
  const context = canvas.getContext('2d');
  const ratio = devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  if (!context) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = look.ground;
  context.fillRect(0, 0, width, height);
  context.textBaseline = 'middle';
  context.font = `11.5px ${look.font}`;
  const hottest = boxes.reduce((most, box) => (box.isLeaf ? Math.max(most, box.ms) : most), 0);
  const at = (share: number) => ((share - zoom.from) / (zoom.to - zoom.from)) * width;
  for (const box of boxes) {
    const left = Math.max(0, at(box.from));
    const right = Math.min(width, at(box.to));
    if (right <= 0 || left >= width || right - left < 0.4) continue;
    const top = box.depth * ROW_PX;
    const heat = box.isLeaf ? look.heat[heatStep(box.ms, hottest)] : undefined;
    context.fillStyle = heat?.fill ?? look.node;
    const inner = Math.max(0.6, right - left - 1);
    context.fillRect(left, top, inner, ROW_PX - 1);
    if (!box.isLeaf) {
      context.strokeStyle = look.border;
      context.lineWidth = 1;
      context.strokeRect(left + 0.5, top + 0.5, Math.max(0, inner - 1), ROW_PX - 2);
    }
    const isMarked =
      box === marks.hovered || (box.isLeaf && marks.selected !== null && box.nodes.includes(marks.selected));
    if (isMarked) {
      context.strokeStyle = look.accent;
      context.lineWidth = box === marks.hovered ? 1.5 : 2.5;
      context.strokeRect(left + 1, top + 1, Math.max(1, inner - 2), ROW_PX - 3);
    }
    if (right - left < LEAST_LABEL_PX) continue;
    context.fillStyle = heat?.text ?? look.text;
    const text = fitted(context, box.label === '' ? marks.wholeLabel : box.label, inner - 2 * PAD_PX);
    context.fillText(text, left + PAD_PX, top + ROW_PX / 2);
  }
}

/** The text, cut with an ellipsis where it is wider than `room`. */
function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  const width = context.measureText(text).width;
  if (width <= room) return text;
  const kept = Math.floor((text.length * room) / width) - 1;
  return kept < 2 ? '' : text.slice(0, kept) + ELLIPSIS;
}
