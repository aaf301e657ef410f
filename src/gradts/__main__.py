from gradts.cli import main

raise SystemExit(main())
