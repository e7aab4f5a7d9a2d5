import Store
import Tensors

/// The linear-algebra library of a process that computes.
public enum LinearAlgebra {
  /// Loads the library; to be called before anything is computed, so that trouble is told in time.
  ///
  /// - Parameter threads: how many threads of this process are to compute at the same time.
  /// - Returns: how many may: a serial build of OpenBLAS must not be called by several threads.
  /// - Throws: ``Failure`` (input/output) when the library is missing, or memory for its buffers.
  @discardableResult
  public static func load(threads: Int = 1) throws(Failure) -> Int {
    do {
      try BLAS.load(threads: threads)
    } catch {
      throw Failure(.inputOutput, error.description, help: error.help)
    }
    return BLAS.parallelKind == "serial" ? 1 : threads
  }
}
