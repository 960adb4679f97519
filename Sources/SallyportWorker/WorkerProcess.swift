import CSallyportProcess

/// What the worker's process as a whole has to be before it runs jobs.
package enum WorkerProcess {
  /// Closes this process to others of the same user, and leaves no core dump of it; false where that
  /// cannot be.
  package static func protect() -> Bool { sallyport_process_protect() == 0 }

  /// Makes this process the one to which orphans of killed supervisors are handed, and closes it to
  /// jobs, which run as the same user: its memory, environment and descriptors cannot be read.
  ///
  /// - Throws: ``SystemError``.
  package static func prepare() throws(SystemError) {
    let subreaper = sallyport_process_become_subreaper()
    guard subreaper == 0 else {
      throw SystemError("become a child subreaper", number: subreaper)
    }
    let protection = sallyport_process_protect()
    guard protection == 0 else {
      throw SystemError("protect this process from its jobs", number: protection)
    }
  }
}
