/** All benches, in the order in which they run: from the inside to the outside. */
import type { Bench } from './bench.ts';
import { coapLayer } from './coap-layer.ts';
import { commandLine } from './command-line.ts';
import { engine } from './engine.ts';
import { listing } from './listing.ts';
import { machine } from './machine.ts';
import { notifying } from './notifying.ts';
import { starting } from './starting.ts';
import { store } from './store.ts';

export const benches: readonly Bench[] = [engine, coapLayer, machine, store, starting, notifying, listing, commandLine];
