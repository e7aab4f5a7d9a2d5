/// Manifests for a network of toy size.
enum Manifests {
  /// Two seeds of a fraction of a second each.
  static let quick = manifest(pretraining: 120, masks: 40)

  /// Two seeds that last long enough to be interrupted.
  static let slow = manifest(pretraining: 1500, masks: 400)

  /// A manifest of `addmul-fnn` with one digit and two small hidden layers.
  static func manifest(pretraining: Int, masks: Int) -> String {
    """
    schema: 1
    experiment: addmul-fnn
    study: addmul-fnn
    seeds: 2
    checkpoint-every: 0.2
    task: {digits: 1, train-size: 500, valid-size: 100}
    model: {hidden: [32, 32]}
    pretrain: {steps: \(pretraining), batch: 16, lr: 1.0e-3, clip: 1.0}
    mask: {steps: \(masks), lr: 1.0e-2, beta: 1.0e-4, samples: 4, init-logit: 2.0}
    controls: off
    claims:
      - id: finite
        claim: the loss is a number
        source: nowhere
        published: "yes"
        measure: accuracy.loss[stage=pretrained, mask_mode=none, eval_set=iid]
        holds: {above: 0}

    """
  }
}
