import Glibc
import SallyportCore

/// What every executable says about its process and its build, under the names that Prometheus's own
/// client libraries use.
package enum ProcessMetrics {
  private static let cpu = MetricDescription(
    "process_cpu_seconds_total", .counter, "User and system CPU time, in seconds.")
  private static let resident = MetricDescription(
    "process_resident_memory_bytes", .gauge, "Resident memory.")
  private static let virtual = MetricDescription(
    "process_virtual_memory_bytes", .gauge, "Virtual memory.")
  private static let threads = MetricDescription("process_threads", .gauge, "Threads.")
  private static let files = MetricDescription(
    "process_open_fds", .gauge, "Open file descriptors.")
  private static let maximumFiles = MetricDescription(
    "process_max_fds", .gauge, "Open file descriptors that the system allows.")
  private static let start = MetricDescription(
    "process_start_time_seconds", .gauge, "When the process started serving, as a Unix time.")
  private static let uptime = MetricDescription(
    "sallyport_uptime_seconds", .gauge, "Since the process started serving, by a monotonic clock.")
  private static let build = MetricDescription(
    "sallyport_build_info", .gauge, "1; the labels say what runs.",
    labels: [.closed("program"), .closed("version"), .closed("commit")])

  package static func register(program: String, in registry: MetricsRegistry) {
    let started = seconds(CLOCK_REALTIME)
    let origin = ContinuousClock.now
    registry.collect([start, uptime, build]) {
      let age = (ContinuousClock.now - origin).components
      return [
        MetricSample(start, [], started),
        MetricSample(uptime, [], Double(age.seconds) + Double(age.attoseconds) / 1e18),
        MetricSample(
          build, [program, SallyportVersion.current, SallyportVersion.commit], 1),
      ]
    }
    registry.collect([cpu, resident, virtual, threads, files, maximumFiles]) { sample() }
  }

  /// What `/proc` does not say is left out.
  private static func sample() -> [MetricSample] {
    var samples = [MetricSample(cpu, [], seconds(CLOCK_PROCESS_CPUTIME_ID))]
    let pages = read("/proc/self/statm").split(separator: " ").compactMap { Int($0) }
    if pages.count > 1 {
      let size = Int(getpagesize())
      samples += [
        MetricSample(virtual, [], pages[0] * size), MetricSample(resident, [], pages[1] * size),
      ]
    }
    if let count = countEntries("/proc/self/task") { samples.append(.init(threads, [], count)) }
    // Without the one that counts them.
    if let count = countEntries("/proc/self/fd") { samples.append(.init(files, [], count - 1)) }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      samples.append(.init(maximumFiles, [], limit.rlim_cur))
    }
    return samples
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func read(_ path: String) -> String {
    guard let file = fopen(path, "re") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  private static func countEntries(_ path: String) -> Int? {
    guard let directory = opendir(path) else { return nil }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    // `.` and `..`
    return count - 2
  }
}
