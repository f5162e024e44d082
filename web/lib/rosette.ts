/** Radii of the outer and the inner circle, and the length of the arm that draws. */
export type Curve = readonly [outer: number, inner: number, arm: number];

/** Two curves on top of each other, the second a third of the size. */
export type Engraving = { hue: number; curves: readonly [Curve, Curve] };

const POINTS_PER_TURN = 90;
const MOST_POINTS = 2400;

/** What is printed on the packages, by their position. */
export const ENGRAVINGS: readonly [Engraving, ...Engraving[]] = [
  {
    hue: 175,
    curves: [
      [96, 55, 62],
      [48, 29, 40],
    ],
  },
  {
    hue: 65,
    curves: [
      [105, 52, 74],
      [60, 37, 21],
    ],
  },
  {
    hue: 295,
    curves: [
      [120, 77, 96],
      [70, 33, 55],
    ],
  },
  {
    hue: 20,
    curves: [
      [90, 61, 110],
      [84, 53, 40],
    ],
  },
];

export function engravingOf(position: number): Engraving {
  return ENGRAVINGS[position % ENGRAVINGS.length] ?? ENGRAVINGS[0];
}

/** A hypotrochoid, the curve that engraves banknotes, as an SVG path inside a circle of radius 100. */
export function rosette([outer, inner, arm]: Curve): string {
  const turns = inner / greatestCommonDivisor(outer, inner);
  const scale = 100 / (outer - inner + arm);
  const points = Math.min(MOST_POINTS, turns * POINTS_PER_TURN);
  let path = "";
  for (let point = 0; point <= points; point++) {
    const angle = (point / points) * turns * 2 * Math.PI;
    const swing = ((outer - inner) / inner) * angle;
    const x = ((outer - inner) * Math.cos(angle) + arm * Math.cos(swing)) * scale;
    const y = ((outer - inner) * Math.sin(angle) - arm * Math.sin(swing)) * scale;
    path += `${point ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
  }
  return `${path}Z`;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b ? greatestCommonDivisor(b, a % b) : a;
}
