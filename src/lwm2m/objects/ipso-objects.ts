/**
 * The IPSO objects of gateways' daily life: sensors, actuators, controls (OMA registry, 3200 to 3350). All of them may have several
 * instances. A line names object and mandatory resources; any reusable resource may occur besides, which later versions of
 * these objects make much use of.
 */
import { assert } from '../../base/assert.ts';
import { defineObject } from './definition-table.ts';
import { ipsoResources } from './ipso-resources.ts';
import type { ObjectDefinition, ResourceDefinition } from './model.ts';

const objects: readonly (readonly [id: number, name: string, ...mandatory: number[]])[] = [
  [3200, 'Digital Input', 5500],
  [3201, 'Digital Output', 5550],
  [3202, 'Analog Input', 5600],
  [3203, 'Analog Output', 5650],
  [3300, 'Generic Sensor', 5700],
  [3301, 'Illuminance', 5700],
  [3302, 'Presence', 5500],
  [3303, 'Temperature', 5700],
  [3304, 'Humidity', 5700],
  [3305, 'Power Measurement', 5800],
  [3306, 'Actuation', 5850],
  [3308, 'Set Point', 5900],
  [3310, 'Load Control', 5823],
  [3311, 'Light Control', 5850],
  [3312, 'Power Control', 5850],
  [3313, 'Accelerometer', 5702],
  [3314, 'Magnetometer', 5702],
  [3315, 'Barometer', 5700],
  [3316, 'Voltage', 5700],
  [3317, 'Current', 5700],
  [3318, 'Frequency', 5700],
  [3319, 'Depth', 5700],
  [3320, 'Percentage', 5700],
  [3321, 'Altitude', 5700],
  [3322, 'Load', 5700],
  [3323, 'Pressure', 5700],
  [3324, 'Loudness', 5700],
  [3325, 'Concentration', 5700],
  [3326, 'Acidity', 5700],
  [3327, 'Conductivity', 5700],
  [3328, 'Power', 5700],
  [3329, 'Power Factor', 5700],
  [3330, 'Distance', 5700],
  [3331, 'Energy', 5805],
  [3332, 'Direction', 5705],
  [3333, 'Time', 5506],
  [3334, 'Gyrometer', 5702],
  [3335, 'Colour', 5706],
  [3336, 'Location', 5514, 5515],
  [3337, 'Positioner', 5536],
  [3338, 'Buzzer', 5850],
  [3339, 'Audio Clip', 5522],
  [3340, 'Timer', 5521],
  [3341, 'Addressable Text Display', 5527],
  [3342, 'On/Off switch', 5500],
  [3343, 'Dimmer', 5548],
  [3344, 'Up/Down Control', 5532, 5533],
  [3345, 'Multiple Axis Joystick'],
  [3346, 'Rate', 5700],
  [3347, 'Push button', 5500],
  [3348, 'Multi-state Selector', 5547],
  [3349, 'Bitmap', 5910],
  [3350, 'Stopwatch', 5544],
];

export const ipsoObjects: readonly ObjectDefinition[] = objects.map(([id, name, ...mandatory]) =>
  defineObject(id, name, 'multiple', withMandatory(mandatory)),
);

function withMandatory(mandatory: readonly number[]): ReadonlyMap<number, ResourceDefinition> {
  const resources = new Map(ipsoResources);
  for (const id of mandatory) {
    const definition = ipsoResources.get(id);
    assert(definition !== undefined, `the mandatory resource ${id} is defined`);
    resources.set(id, { ...definition, mandatory: true });
  }
  return resources;
}
