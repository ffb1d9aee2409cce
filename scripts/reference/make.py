"""Makes all fixtures anew: checkpoints, tokens, logits and pipeline answers (about 2 minutes on two cores).

  python -m venv venv && venv/bin/pip install -r scripts/reference/requirements.txt
  venv/bin/python scripts/reference/make.py

Needs the default model in www/model. With the same package versions the checkpoints come out byte for byte.
"""

import make_checkpoints
import make_logits
import make_pipeline
import make_tokens

if __name__ == "__main__":
    for part in (make_checkpoints, make_tokens, make_logits, make_pipeline):
        part.main()
