internal import Glibc
internal import Subprocess

/// How this process starts children.
enum ChildProcess {
  /// A session of its own for each child, so that what it starts itself (upload-pack starts
  /// pack-objects) is killed with it when the task is cancelled.
  static var options: PlatformOptions {
    _ = ignoreBrokenPipes
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
    ]
    return options
  }

  /// A child that exits without reading its input must not end this process: writing to it fails
  /// with EPIPE instead.
  private static let ignoreBrokenPipes: Void = { signal(SIGPIPE, SIG_IGN) }()
}
