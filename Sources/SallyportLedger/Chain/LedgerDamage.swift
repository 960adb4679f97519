/// The first place at which a ledger is not what was written.
package struct LedgerDamage: Hashable, Sendable, CustomStringConvertible {
  package let problem: LedgerProblem
  /// Name in the ledger's folder; nil where the problem is not in a file.
  package let file: String?
  /// In that file, from 1.
  package let line: Int?

  package init(_ problem: LedgerProblem, file: String? = nil, line: Int? = nil) {
    self.problem = problem
    self.file = file
    self.line = line
  }

  package var description: String {
    switch (file, line) {
    case (let file?, let line?): "\(file), line \(line): \(problem)"
    case (let file?, nil): "\(file): \(problem)"
    default: "\(problem)"
    }
  }
}
