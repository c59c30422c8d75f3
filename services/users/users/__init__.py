"""users-service: sign-up, login and look-up of the shop's customers."""
