/** The server's metrics by name and labels, as `/metrics` tells them: `earshot_rooms`, `earshot_packets_total{outcome="lost"}`. */
export async function readMetrics(
  url: string,
): Promise<{ readonly text: string; of(series: string): number }> {
  const response = await fetch(`${url}/metrics`);
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
  const text = await response.text();
  return {
    text,
    of(series) {
      const line = text.split('\n').find((row) => row.startsWith(`${series} `));
      return line === undefined ? 0 : Number(line.slice(series.length + 1));
    },
  };
}
