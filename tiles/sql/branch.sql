-- From here on in this transaction, unqualified names mean the draft.
SELECT set_config('jieming.branch', @case_id::text, true), set_config('search_path', 'branch, registry, public', true)
