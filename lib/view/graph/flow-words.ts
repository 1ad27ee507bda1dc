/** What running dots mean, for the legend. */
import { byteRateText, countText } from "./figures.ts";

interface Sample {
  readonly requestsPerDot: number;
  readonly bytesPerDot: number;
}

/** `sample`: null until dots are drawn, which they are once the picture has come to rest. */
export function flowWords(isRunning: boolean, sample: Sample | null): string {
  if (!isRunning) return "Traffic can run along the edges as dots, as many as its rate.";
  if (sample === null) return "Traffic runs as dots once the picture has come to rest.";
  const { requestsPerDot, bytesPerDot } = sample;
  const parts: string[] = [];
  if (requestsPerDot > 0)
    parts.push(
      `a dot is ${countText(requestsPerDot, "request")}, a larger one in the colour of failing is failed ones`,
    );
  if (bytesPerDot > 0) parts.push(`a square is ${byteRateText(bytesPerDot).replace("/s", "")} of TCP`);
  if (parts.length === 0) return "Nothing that is drawn has traffic to run.";
  const text = parts.join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}. Sampled: as many pass as the rate says, at one pace.`;
}
