import { readdirSync, readFileSync } from 'node:fs';

/** CPU time since the start, µs. */
export interface CpuReading {
  /** Of the part of the contender that buffers, decodes and hands out audio; undefined where it cannot be told. */
  readonly audioUs: number | undefined;
  /** Of all its processes. */
  readonly wholeUs: number;
}

interface ProcessTimes {
  readonly parent: number;
  readonly usByThread: ReadonlyMap<string, number>;
}

/**
 * Reads the scheduler's account (Linux, /proc) of a process and all that it started.
 *
 * @param audioThread - name of the thread that buffers, decodes and hands out audio
 * @returns undefined on other systems
 */
export function readCpu(pid: number | undefined, audioThread?: string): CpuReading | undefined {
  if (process.platform !== 'linux' || pid === undefined) return undefined;
  const processes = readProcesses();
  const family = [pid];
  for (const ancestor of family) {
    for (const [child, { parent }] of processes) if (parent === ancestor) family.push(child);
  }
  let wholeUs = 0;
  let audioUs: number | undefined;
  for (const member of family) {
    for (const [thread, us] of processes.get(member)?.usByThread ?? []) {
      wholeUs += us;
      if (thread === audioThread) audioUs = (audioUs ?? 0) + us;
    }
  }
  return { audioUs, wholeUs };
}

function readProcesses(): ReadonlyMap<number, ProcessTimes> {
  const processes = new Map<number, ProcessTimes>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const times = readProcess(name);
    if (times !== undefined) processes.set(Number(name), times);
  }
  return processes;
}

function readProcess(pid: string): ProcessTimes | undefined {
  try {
    // After the name, which may hold anything: state, parent (proc(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    const usByThread = new Map<string, number>();
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const folder = `/proc/${pid}/task/${thread}`;
      const name = readFileSync(`${folder}/comm`, 'latin1').trim();
      const ranNs = Number(readFileSync(`${folder}/schedstat`, 'latin1').split(' ')[0]);
      usByThread.set(name, (usByThread.get(name) ?? 0) + ranNs / 1000);
    }
    return { parent, usByThread };
  } catch {
    return undefined; // It ended while it was read.
  }
}
