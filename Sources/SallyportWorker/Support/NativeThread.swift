import CSallyportProcess
import Glibc

/// Threads for work that blocks: reading a job's output, file I/O.
enum NativeThread {
  /// Runs `body` on a new detached thread with all signals blocked, so that signals meant for the
  /// process reach the threads that wait for them.
  ///
  /// - Throws: ``SystemError`` where the system grants no more threads.
  static func start(
    name: String, _ body: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    let context = Unmanaged.passRetained(Context(name: name, body: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        let context = Unmanaged<Context>.fromOpaque(argument).takeRetainedValue()
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        sallyport_process_set_name(context.name)
        context.body()
        return nil
      }, context.toOpaque())
    guard failure == 0 else {
      context.release()
      throw SystemError("start a thread", number: failure)
    }
  }

  private final class Context: Sendable {
    /// At most 15 bytes, the rest is cut off.
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
}
