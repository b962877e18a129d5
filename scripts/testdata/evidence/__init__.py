"""What makes testdata/forms (scripts/make-forms) and testdata/messy.zip (scripts/make-messy).

Independent of kms-audit: nothing here calls it or shares code with it.
"""
