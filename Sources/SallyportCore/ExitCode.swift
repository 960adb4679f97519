/// Exit codes of every Sallyport executable, after BSD `sysexits.h`. docs/operations.md lists them.
package enum ExitCode {
  package static let success: Int32 = 0
  package static let failure: Int32 = 1
  /// The command line is wrong.
  package static let usage: Int32 = 64
  /// Input data is wrong (a job file, a certificate).
  package static let dataError: Int32 = 65
  /// The gateway or another service cannot be reached.
  package static let unavailable: Int32 = 69
  /// A defect of Sallyport.
  package static let software: Int32 = 70
  /// A file cannot be created or written.
  package static let cannotCreate: Int32 = 73
  /// The process wants to be started again.
  package static let temporaryFailure: Int32 = 75
  /// Refused: not allowed, or it does not exist.
  package static let noPermission: Int32 = 77
  /// Configuration: unknown key, bad value, missing or unsafe file.
  package static let configuration: Int32 = 78
}
