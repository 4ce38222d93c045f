/** The browser's own voice processing, each part chosen by the person. */
export interface VoiceProcessing {
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGainControl: boolean;
}

export type MicrophoneFailure = 'denied' | 'missing' | 'busy' | 'insecure';

export class MicrophoneError extends Error {
  override readonly name = 'MicrophoneError';
  readonly failure: MicrophoneFailure;

  constructor(failure: MicrophoneFailure) {
    super(failure);
    this.failure = failure;
  }
}

/**
 * Opens the microphone, mono.
 *
 * @throws {MicrophoneError} saying what stood in the way
 */
export async function openMicrophone(processing: VoiceProcessing): Promise<MediaStream> {
  // Browsers hide mediaDevices from pages that came over plain http from another machine.
  if (!window.isSecureContext || navigator.mediaDevices === undefined) {
    throw new MicrophoneError('insecure');
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { ...processing, channelCount: { ideal: 1 } },
    });
  } catch (error) {
    throw new MicrophoneError(failureOf(error));
  }
}

function failureOf(error: unknown): MicrophoneFailure {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  return 'busy';
}
