/// Runs blocking file work on a thread of its own, one piece after the other.
package actor Disk {
  private let executor: DiskExecutor

  package init(name: String) throws(SystemError) { executor = try DiskExecutor(name: name) }

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  package func perform<Result: Sendable, Failure: Error>(
    _ body: @Sendable () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body()
  }
}
