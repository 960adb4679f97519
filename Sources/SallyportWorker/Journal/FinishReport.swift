package import SallyportProtos

/// The end of an attempt as it is journaled and sent.
package struct FinishReport: Hashable, Sendable {
  package var request: Sallyport_Worker_V1_FinishAttemptRequest

  package init(_ request: Sallyport_Worker_V1_FinishAttemptRequest) { self.request = request }
}
