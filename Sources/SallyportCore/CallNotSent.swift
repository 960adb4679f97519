/// The cause of a call's failure where no server has begun to process the call: its connection took
/// no new streams, or refused this one (RFC 9113, sections 6.8 and 8.7). Making it again, on another
/// connection, cannot make it twice.
package struct CallNotSent: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
