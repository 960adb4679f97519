import Foundation
import SallyportMasking

/// bench-masking SECRETS OUTPUT MASKED: values, one a line; what is masked; where it goes.

private func read(_ path: String) -> [UInt8] {
  Array(FileManager.default.contents(atPath: path) ?? Data())
}

private func memory() -> Int {
  let text = String(decoding: read("/proc/self/statm"), as: UTF8.self)
  return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4_096
}

private func pieces(of data: [UInt8], by length: Int) -> [[UInt8]] {
  stride(from: 0, to: data.count, by: length).map {
    Array(data[$0..<min($0 + length, data.count)])
  }
}

/// Processor time, in which other programs do not count.
private func spent() -> Duration {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

let arguments = CommandLine.arguments
let secrets = read(arguments[1]).split(separator: 0x0A).map {
  MaskedSecret(name: "S", value: Array($0))
}
let data = read(arguments[2])
let clock = ContinuousClock()

let before = memory()
let begun = spent()
let fresh = try LogMasker(secrets)
let compiled = spent() - begun
let taken = memory() - before

var best = Duration.seconds(1_000)
var output: [UInt8] = []
let chunks = pieces(of: data, by: 65_536)
for round in 0..<6 {
  var masker = fresh
  let begun = spent()
  if round == 0 {
    for chunk in chunks { output += masker.mask(chunk, of: .stdout) }
    output += masker.finish(.stdout)
  } else {
    for chunk in chunks { _ = masker.mask(chunk, of: .stdout) }
    _ = masker.finish(.stdout)
    best = min(best, spent() - begun)
  }
}
try Data(output).write(to: URL(filePath: arguments[3]))

// Each line as a write of its own.
var masker = fresh
var times: [Duration] = []
for line in data.prefix(20_000_000).split(separator: 0x0A).map({ Array($0) + [0x0A] }) {
  let begun = clock.now
  _ = masker.mask(line, of: .stdout)
  times.append(clock.now - begun)
}
times.sort()
let rate = Double(data.count) / 1e6 / (best / .seconds(1))
print(
  """
  \(Int(rate)) MB/s; compiled in \(compiled / .milliseconds(1)) ms, \(taken >> 10) KiB; \
  a line \(times[times.count / 2] / .nanoseconds(1)) ns, \
  99% within \(times[times.count * 99 / 100] / .nanoseconds(1)) ns
  """)
