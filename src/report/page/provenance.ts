import type { Provenance } from '../../receiver/audio-frame.js';

export type { Provenance };

/** How a kind of audio is drawn: colour by CSS variable, and a texture so that colour is never the only mark. */
export interface ProvenanceStyle {
  readonly label: string;
  readonly meaning: string;
  readonly colour: `--${string}`;
  readonly texture: 'solid' | 'hatched';
}

/** Names and looks are those of the live page (sfu/web/provenance.ts), so that who knows one can read the other. */
export const PROVENANCE_STYLES: Readonly<Record<Provenance, ProvenanceStyle>> = {
  received: {
    label: 'Received',
    meaning: 'the packet itself',
    colour: '--received',
    texture: 'solid',
  },
  red: {
    label: 'Copy',
    meaning: 'an identical copy of a lost packet (RED)',
    colour: '--red',
    texture: 'solid',
  },
  fec: {
    label: 'Recovered',
    meaning: 'the coarser copy inside the next packet (in-band FEC)',
    colour: '--fec',
    texture: 'solid',
  },
  dred: {
    label: 'Deep copy',
    meaning: 'deep redundancy of a later packet (DRED)',
    colour: '--dred',
    texture: 'solid',
  },
  plc: {
    label: 'Concealed',
    meaning: 'lost, and made up by the codec',
    colour: '--plc',
    texture: 'hatched',
  },
  cng: {
    label: 'Comfort noise',
    meaning: 'noise in place of a pause',
    colour: '--cng',
    texture: 'solid',
  },
  dtx: {
    label: 'Quiet',
    meaning: 'a pause the sender announced (DTX)',
    colour: '--dtx',
    texture: 'solid',
  },
  silence: {
    label: 'Skipped',
    meaning: 'a pause the sender sent nothing for',
    colour: '--silence',
    texture: 'solid',
  },
};

/** In the order of the engine's numbers. */
export const PROVENANCE_ORDER: readonly Provenance[] = [
  'received',
  'red',
  'fec',
  'dred',
  'plc',
  'cng',
  'dtx',
  'silence',
];
