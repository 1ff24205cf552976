"""Trees, alone and by the hundred: read into arrays, compiled into one table of steps, walked or run by onnxruntime."""
