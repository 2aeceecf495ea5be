import { describe, expect, it } from 'vitest';
import { statusOf, type Situation } from '../../../src/domain/status.js';

const situation = (change: Partial<Situation>): Situation => ({ outcome: null, isPaused: false, isCanceling: false, openGates: 0, openAttention: 0, activeWork: 0, ...change });

describe('status', () => {
  it('one stuck index does not make a migration that still moves others need attention', () => {
    expect(statusOf(situation({ openAttention: 1, activeWork: 2 }))).toBe('running');
    expect(statusOf(situation({ openAttention: 1 }))).toBe('needs-attention');
  });
  it('pause shows at once, even with work in flight', () => {
    expect(statusOf(situation({ isPaused: true, activeWork: 3 }))).toBe('paused');
  });
  it('an open gate waits for approval', () => {
    expect(statusOf(situation({ openGates: 1 }))).toBe('awaiting-approval');
  });
  it('the outcome wins over everything', () => {
    expect(statusOf(situation({ outcome: 'completed', isPaused: true, openAttention: 1 }))).toBe('completed');
  });
  it('being canceled is still running: the undo is work', () => {
    expect(statusOf(situation({ isCanceling: true, isPaused: true }))).toBe('running');
  });
});
