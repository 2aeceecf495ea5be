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
    return fallen(state, pressure, SETTLING_LOOKS);
  }
  const share = Math.min(1, state.share + RISE);
  return { share, reason: share === 1 ? null : state.reason, settling: Math.max(0, state.settling - 1) };
}

/**
 * The speed after a batch was turned down, which need not wait for a look. Many batches are turned down at once, for one
 * reason: only the first one counts, until its fall can be seen.
 */
export function governRefusal(state: Governing, pressure: string): Governing {
  // The look that comes next sees little of it.
  return state.settling > 0 ? state : fallen(state, pressure, SETTLING_LOOKS + 1);
}

function fallen({ share }: Governing, reason: string, settling: number): Governing {
  return { share: Math.max(LEAST_SHARE, share * FALL), reason, settling };
}

/** Speeds of one slice, documents a second. */
export interface Speeds {
  /** Its share of what the throttle asks for; null: that asks for nothing. */
  readonly asked: number | null;
  /** With nothing in its way; null: not known. */
  readonly full: number | null;
}

/**
 * Documents a second that a slice may do: its share of what it would do else, be that for the throttle or by itself.
 * Never less than one. Null: no limit, as where nobody knows what it would do.
 */
export function limitOf({ share }: Governing, { asked, full }: Speeds): number | null {
  const otherwise = lowerLimit(asked, full);
  if (share === 1 || otherwise === null) return asked;
  return lowerLimit(asked, Math.max(1, otherwise * share));
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
