// The proof of work: finds an answer so that SHA-256 of "<token>.<answer>" begins with as many zero bits as the form asks
// for, in slices that leave the page free, then sends the form on. Without this script the form asks a plain question.
// SHA-256 is written out: crypto.subtle is missing on plain http, and a promise for each of 60,000 tries costs more than the try.
const ROUNDS = 64, SLICE_MILLISECONDS = 24;

const primes = [];
for (let number = 2; primes.length < ROUNDS; number += 1) if (primes.every((prime) => number % prime)) primes.push(number);
const fraction = (value) => ((value - Math.floor(value)) * 2 ** 32) | 0;
const K = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const turn = (word, by) => (word >>> by) | (word << (32 - by));
const words = new Int32Array(ROUNDS);

// Mixes one block of 64 bytes into the eight words of state.
function mix(state, bytes, at) {
  for (let index = 0; index < 16; index += 1) {
    const from = at + index * 4;
    words[index] = (bytes[from] << 24) | (bytes[from + 1] << 16) | (bytes[from + 2] << 8) | bytes[from + 3];
  }
  for (let index = 16; index < ROUNDS; index += 1) {
    const low = words[index - 15], high = words[index - 2];
    words[index] = (words[index - 16] + (turn(low, 7) ^ turn(low, 18) ^ (low >>> 3)) + words[index - 7] + (turn(high, 17) ^ turn(high, 19) ^ (high >>> 10))) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let index = 0; index < ROUNDS; index += 1) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[index] + words[index]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

// The whole blocks of the prefix are mixed once; each try mixes only what is left of it and the answer.
export function searcher(prefix, bits) {
  const encoder = new TextEncoder();
  const head = encoder.encode(prefix), whole = head.length - (head.length % 64);
  const begun = START.slice();
  for (let at = 0; at < whole; at += 64) mix(begun, head, at);
  const rest = head.subarray(whole);
  return (answer) => {
    const tail = encoder.encode(String(answer)), length = rest.length + tail.length;
    const block = new Uint8Array(length + 9 > 64 ? 128 : 64);
    block.set(rest); block.set(tail, rest.length); block[length] = 0x80;
    new DataView(block.buffer).setUint32(block.length - 4, (whole + length) * 8);
    const state = begun.slice();
    for (let at = 0; at < block.length; at += 64) mix(state, block, at);
    return state[0] >>> (32 - bits) === 0;
  };
}

export async function solve(token, bits) {
  const found = searcher(`${token}.`, bits);
  for (let answer = 0; ; ) {
    for (const until = performance.now() + SLICE_MILLISECONDS; performance.now() < until; ) {
      for (const end = answer + 256; answer < end; answer += 1) if (found(answer)) return String(answer);
    }
    await new Promise((resume) => setTimeout(resume));
  }
}

for (const form of document.querySelectorAll("form[data-challenge]")) {
  form.querySelector("[data-question]").remove();
  form.querySelector("[data-working]").hidden = false;
  solve(form.dataset.challenge, Number(form.dataset.bits)).then((answer) => {
    form.elements.challenge_answer.value = answer;
    form.submit();
  });
}
