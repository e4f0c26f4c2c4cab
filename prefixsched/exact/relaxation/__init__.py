"""State-space relaxation of schedules to ng-routes, and its Lagrangian dual."""
