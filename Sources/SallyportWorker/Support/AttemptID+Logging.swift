import Logging
import SallyportCore

extension Logger {
  /// A logger whose every line names an attempt, and the session that it came by.
  func about(_ attempt: AttemptID, session: String? = nil) -> Logger {
    var logger = self
    logger[metadataKey: "job"] = "\(attempt.job)"
    logger[metadataKey: "epoch"] = "\(attempt.epoch)"
    if let session { logger[metadataKey: "session"] = "\(session)" }
    return logger
  }
}
