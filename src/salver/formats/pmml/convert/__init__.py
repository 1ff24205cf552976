"""Documents as ONNX models: what fits into plain operators in double precision, and nothing by halves.

The way of a conversion: `inputs` and `treatment` make columns of what comes in, `compiler` resolves names as the engine
does, the model files make nodes, `outputs` names the answers, `verification` compares both before anything is written.
"""
