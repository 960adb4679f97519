internal import SallyportCore

extension BlockingQueue {
  /// For the files of the state directory.
  static let stateFiles = BlockingQueue(label: "sallyport.state-files")
}
