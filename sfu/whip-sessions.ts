import { randomBytes } from 'node:crypto';
import { EarshotError } from '../src/index.js';
import type { Limits } from './limits.js';
import type { Participant } from './participant.js';
import { unavailable } from './problem.js';
import type { Room } from './room.js';
import type { Rooms } from './rooms.js';
import type { AudioOffer } from './sdp-offer.js';

/** What a publisher holds: the URL and the entity-tag of its ICE session. */
export interface WhipSession {
  /** Secret of the publisher, 128 random bits: who knows it may end the session. Participants have another id. */
  readonly id: string;
  /** Strong entity-tag of the ICE session, quotes included. */
  readonly etag: string;
  readonly iceUfrag: string;
  readonly room: string;
  readonly participant: Participant;
}

/** Makes the participant of a session; it is not started yet. */
export type ParticipantFactory = (room: Room) => Participant;

/** The sessions that live now. */
export class WhipSessions {
  readonly #rooms: Rooms;
  readonly #limits: Limits;
  readonly #createParticipant: ParticipantFactory;
  readonly #sessions = new Map<string, WhipSession>();

  constructor(rooms: Rooms, limits: Limits, createParticipant: ParticipantFactory) {
    this.#rooms = rooms;
    this.#limits = limits;
    this.#createParticipant = createParticipant;
  }

  /** @throws {HttpProblem} 503 when a limit is met */
  async open(
    room: string,
    offer: AudioOffer,
  ): Promise<{ readonly session: WhipSession; readonly answerSdp: string }> {
    this.#checkConnecting();
    const participant = this.#rooms.join(room, this.#createParticipant);
    const session: WhipSession = {
      id: randomBytes(16).toString('base64url'),
      etag: `"${randomBytes(9).toString('base64url')}"`,
      iceUfrag: offer.iceUfrag,
      room,
      participant,
    };
    this.#sessions.set(session.id, session);
    participant.whenHungUp(() => this.#sessions.delete(session.id));
    try {
      return { session, answerSdp: await participant.answer(offer) };
    } catch (error) {
      await participant.close();
      if (error instanceof EarshotError && error.code === 'EARSHOT_LIMIT_REACHED') {
        throw unavailable(error.message);
      }
      throw error;
    }
  }

  find(room: string, id: string): WhipSession | undefined {
    const session = this.#sessions.get(id);
    return session?.room === room ? session : undefined;
  }

  #checkConnecting(): void {
    const { maxConnecting } = this.#limits;
    const connecting = [...this.#sessions.values()].filter(
      ({ participant }) => !participant.hasJoined,
    );
    if (connecting.length >= maxConnecting) {
      throw unavailable(`${maxConnecting} peers are connecting, the limit`);
    }
  }
}
