import NIOPosix

/// The event loop that a side dials its connections on, and where the tasks run that use them.
///
/// A task that meets its connection without a change of threads waits for no processor to wake up.
/// Whoever makes many calls makes them `withTaskExecutorPreference` for ``executor``. What runs there
/// must neither block nor compute for long: it would hold up its own connection.
package struct ClientLoop: Sendable {
  let tasks: LoopTaskExecutor

  /// One of the process's loops, the next one each time.
  package init() { tasks = LoopTaskExecutor(MultiThreadedEventLoopGroup.singleton.next()) }

  /// The loop, or the shared pool while connections of the loop carry relays.
  package var executor: any TaskExecutor { tasks }

  /// For those tasks to wait by.
  package var clock: LoopClock { LoopClock(tasks.eventLoop) }
}
