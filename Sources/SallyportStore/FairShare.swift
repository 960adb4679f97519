/// Max-min fair sharing of slots: each free slot goes to whoever waits and has the fewest, and among
/// equals to whoever got one longest ago.
///
/// It is work conserving: only those who wait count, so that nothing is kept for who needs nothing.
package enum FairShare {
  package struct Party<Name: Hashable & Sendable>: Hashable, Sendable {
    package var name: Name
    /// Slots that it has.
    package var running: UInt32
    /// When it got its last one; the order is all that counts.
    package var served: UInt64
    /// Slots that it could use now.
    package var wanted: UInt32

    package init(name: Name, running: UInt32, served: UInt64, wanted: UInt32) {
      self.name = name
      self.running = running
      self.served = served
      self.wanted = wanted
    }
  }

  /// - Parameter free: Slots to give.
  /// - Returns: How many of them are the claimant's now, and who else is to have one.
  package static func slots<Name>(
    free: UInt32, claimant: Party<Name>, others: [Party<Name>]
  ) -> (own: UInt32, others: [Name]) {
    var parties = ([claimant] + others).filter { $0.wanted > 0 }
    var served = parties.map(\.served).max() ?? 0
    var own: UInt32 = 0
    var given: [Name] = []
    var free = free
    while free > 0, own < claimant.wanted,
      let next = parties.indices.min(by: { parties[$0].comes(before: parties[$1]) })
    {
      served += 1
      parties[next].running += 1
      parties[next].served = served
      parties[next].wanted -= 1
      if parties[next].name == claimant.name {
        own += 1
      } else if !given.contains(parties[next].name) {
        given.append(parties[next].name)
      }
      if parties[next].wanted == 0 { parties.remove(at: next) }
      free -= 1
    }
    return (own, given)
  }
}

extension FairShare.Party {
  fileprivate func comes(before other: Self) -> Bool {
    (running, served) < (other.running, other.served)
  }
}
