/** Shopify's leaky bucket of cost points for one shop. */
export class PointBucket {
  readonly maximum: number;
  readonly restoreRate: number;
  #available: number;
  #at: number;

  constructor(options: { maximum: number; restoreRate: number; now: number }) {
    this.maximum = options.maximum;
    this.restoreRate = options.restoreRate;
    this.#available = options.maximum;
    this.#at = options.now;
  }

  #refill(now: number): void {
    this.#available = Math.min(this.maximum, this.#available + ((now - this.#at) / 1_000) * this.restoreRate);
    this.#at = now;
  }

  /** Takes points, or says that there are too few. */
  take(cost: number, now: number): boolean {
    this.#refill(now);
    if (cost > this.#available) return false;
    this.#available -= cost;
    return true;
  }

  status(now: number): { maximumAvailable: number; currentlyAvailable: number; restoreRate: number } {
    this.#refill(now);
    return { maximumAvailable: this.maximum, currentlyAvailable: Math.floor(this.#available), restoreRate: this.restoreRate };
  }
}
