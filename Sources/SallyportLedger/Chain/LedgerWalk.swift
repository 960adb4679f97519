/// The way of a ``LedgerScan`` through the files.
struct LedgerWalk {
  var chain: LedgerChain
  let directory: LedgerDirectory
  var damage: LedgerDamage?
  private(set) var end = LedgerScan.End()
  private(set) var unfinishedBytes: Int64 = 0

  init(chain: LedgerChain, directory: LedgerDirectory) {
    self.chain = chain
    self.directory = directory
  }

  mutating func run(_ files: [LedgerFileName]) throws(LedgerError) {
    for (index, name) in files.enumerated() {
      // Rotation may remove the oldest while it is being read; a gap is found by the next one.
      guard let file = try directory.openForReading(name) else { continue }
      let stopped = try read(file, name: name)
      guard let stopped else { continue }
      var rest = max(try file.size() - stopped.offset, 0)
      for later in files[(index + 1)...] {
        rest = rest.addingReportingOverflow(try directory.size(of: later)).partialValue
      }
      if chain.hasReachedHead, (0...LedgerScan.maximumUnfinishedBytes).contains(rest) {
        unfinishedBytes = rest
      } else {
        damage = LedgerDamage(stopped.problem, file: name.description, line: stopped.line)
      }
      return
    }
  }

  /// What only shows when all lines have been read.
  mutating func finish() {
    guard damage == nil else { return }
    if let head = chain.head, !chain.hasReachedHead {
      damage = LedgerDamage(
        .endsBeforeHead(LedgerAnchor(sequence: head.sequence, hash: head.hash)))
    } else if chain.expected != nil, !chain.hasSeenExpected {
      damage = LedgerDamage(.expectedMissing)
    }
  }

  private struct Stop {
    let problem: LedgerProblem
    let line: Int
    let offset: Int64
  }

  /// Nil where every line of the file follows.
  private mutating func read(
    _ file: LedgerFile, name: LedgerFileName
  ) throws(LedgerError) -> Stop? {
    var reader = LedgerLineReader(file)
    var number = 0
    while true {
      let offset = reader.offset
      let step = try reader.next()
      number += 1
      do throws(LedgerProblem) {
        switch step {
        case .end: return nil
        case .tooLong: throw .lineTooLong
        case .unfinished: throw .malformed
        case .line(let line):
          _ = try chain.take(line, at: number == 1 ? .start(name) : .inside)
        }
      } catch {
        return Stop(problem: error, line: number, offset: offset)
      }
      end = LedgerScan.End(file: name, offset: reader.offset)
    }
  }
}
