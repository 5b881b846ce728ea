import { readDelivery } from '../looker/delivery/delivery.js'
import { deliveredSource } from '../looker/delivery/source.js'
import type { Looker } from '../looker/looker.js'
import type { DeliveryReader } from '../pipeline/deliver.js'
import { discreetRows } from './discreet.js'

/** Reads deliveries; Looker is asked only for the labels of an Explore, and only where headers are labels. */
export function createDeliveryReader(looker: () => Looker): DeliveryReader {
  return {
    read: readDelivery,
    source: (delivery, expected) => {
      const labels = async (model: string, explore: string) => looker().labels(model, explore)
      return discreetRows(deliveredSource(delivery, { ...expected, labels }))
    },
  }
}
