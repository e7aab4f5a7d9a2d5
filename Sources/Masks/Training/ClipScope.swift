/// Which gradients the global-norm clipping of mask training counts.
///
/// The scope changes what is learned: with `reference`, steps on which the frozen weights' gradient
/// is large weigh less against the constant pressure of the regulariser, and more weights are
/// removed.
public enum ClipScope: String, Sendable, Hashable, CaseIterable {
  /// The gradients of the trained logits only, as the papers' text says. With the usual bound
  /// clipping then practically never acts.
  case trainable
  /// Also the gradients of all frozen parameters, added up over all steps and never cleared, as the
  /// papers' published code does.
  case reference
}
