/** The fine lines of security paper: several waves of slightly different length, woven. An ornament, hidden from readers. */
const WIDTH = 960;
const HEIGHT = 72;
const STEP = 6;

function wave(index: number): string {
  const points: string[] = [];
  for (let x = 0; x <= WIDTH; x += STEP) {
    const swell = 0.55 + 0.45 * Math.sin((x / WIDTH) * Math.PI * 3 + index * 0.35);
    const y = HEIGHT / 2 + Math.sin((x / WIDTH) * Math.PI * 14 + index * 0.52) * (HEIGHT / 2 - 3) * swell;
    points.push(`${x} ${y.toFixed(1)}`);
  }
  return `M${points.join('L')}`;
}

const WAVES = Array.from({ length: 12 }, (_, index) => wave(index));

export function Guilloche() {
  return (
    <svg className="guilloche" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {WAVES.map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  );
}
