import SallyportCore

/// The environment of a job's command: a documented few variables, and what the job asks for.
/// Nothing of the worker's own environment is in it.
enum JobEnvironment {
  static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  /// The job cannot set variables that begin so.
  static let reservedPrefix = "SALLYPORT_"

  /// - Parameter requested: Wins over the defaults for `PATH`, `HOME`, `TMPDIR`, `LANG` and `CI`.
  static func make(
    _ requested: [String: String], attempt: AttemptID, workspace: Workspace, commit: String?,
    secretsFolder: String? = nil
  ) -> [String: String] {
    var environment = [
      "PATH": defaultPath, "HOME": workspace.home, "TMPDIR": workspace.temporary,
      "LANG": "C.UTF-8", "CI": "true",
    ]
    environment.merge(requested) { $1 }
    environment["SALLYPORT_JOB_ID"] = attempt.job.rawValue
    environment["SALLYPORT_EPOCH"] = String(attempt.epoch)
    if let commit { environment["SALLYPORT_COMMIT"] = commit }
    if let secretsFolder { environment["SALLYPORT_SECRETS_DIR"] = secretsFolder }
    return environment
  }

  /// Why the job's variables cannot be passed on; nil where they can.
  static func objection(to requested: [String: String]) -> String? {
    for (name, value) in requested.sorted(by: { $0.key < $1.key }) {
      if name.isEmpty || name.utf8.contains(0) || name.contains("=") {
        return "an environment variable has the name \(String(reflecting: name))"
      }
      if name.hasPrefix(reservedPrefix) {
        return "the environment variable \(name) is reserved: use another prefix"
      }
      if value.utf8.contains(0) { return "the environment variable \(name) contains a zero byte" }
    }
    return nil
  }
}
