/**
 * How fast a migration may go while others use the same clusters: additive increase, multiplicative decrease. Pure.
 *
 * The share is of the speed that there would be without it; 1 is not slowed. It falls fast and recovers slowly, and
 * after each fall waits until the change can be seen.
 */

export interface Governing {
  /** Of full speed, from `LEAST_SHARE` to 1. */
  readonly share: number;
  /** What slowed it last; null at full speed. */
  readonly reason: string | null;
  /** Looks to come at which pressure does not count yet, since it may be that of before the last fall. */
  readonly settling: number;
}

export const FULL_SPEED: Governing = { share: 1, reason: null, settling: 0 };

export const LEAST_SHARE = 0.05;
const FALL = 0.6;
const RISE = 0.05;
const SETTLING_LOOKS = 2;

/** The speed after one more look. @param pressure what is too much now; null: nothing is */
export function govern(state: Governing, pressure: string | null): Governing {
  if (pressure !== null) {
    if (state.settling > 0) return { ...state, reason: pressure, settling: state.settling - 1 };
    return { share: Math.max(LEAST_SHARE, state.share * FALL), reason: pressure, settling: SETTLING_LOOKS };
  }
  const share = Math.min(1, state.share + RISE);
  return { share, reason: share === 1 ? null : state.reason, settling: Math.max(0, state.settling - 1) };
}

/** `slowed to 40%: target write queue 180/200`, for a person; null at full speed. */
export function describeSpeed({ share, reason }: Governing): string | null {
  return reason === null ? null : `slowed to ${String(Math.round(share * 100))}%: ${reason}`;
}

/** The lower of the limits; null: no limit. */
export function lowerLimit(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** Weight of what was measured last. */
const NEWEST = 0.3;

/** Documents a second at full speed, smoothed; null: not measured yet. */
export function fullSpeed(known: number | null, measured: number): number {
  return known === null ? measured : known * (1 - NEWEST) + measured * NEWEST;
}
