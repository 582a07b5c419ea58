// Drag over a picture to choose the part that stays; the four numbers and the frame follow each other.
const form = document.getElementById("crop");
const area = form.querySelector(".cropping");
const frame = area.querySelector(".box");
const picture = area.querySelector("img");
const names = ["left", "top", "width", "height"];
const whole = {width: +form.dataset.width, height: +form.dataset.height};
let start = null;

const scale = () => picture.clientWidth / whole.width;
function draw() {
  const [left, top, width, height] = names.map((name) => +form.elements[name].value * scale());
  Object.assign(frame.style, {left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px`});
  frame.hidden = false;
}
function at(event) {
  const box = picture.getBoundingClientRect();
  const bounded = (value, most) => Math.round(Math.min(Math.max(value / scale(), 0), most));
  return [bounded(event.clientX - box.left, whole.width), bounded(event.clientY - box.top, whole.height)];
}
area.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  area.setPointerCapture(event.pointerId);
  start = at(event);
});
area.addEventListener("pointermove", (event) => {
  if (!start) return;
  const [x, y] = at(event);
  const found = [Math.min(x, start[0]), Math.min(y, start[1]), Math.abs(x - start[0]), Math.abs(y - start[1])];
  names.forEach((name, number) => { form.elements[name].value = found[number]; });
  draw();
});
area.addEventListener("pointerup", () => { start = null; });
form.addEventListener("input", draw);
