//! Networks from files and back: PyTorch, safetensors.
